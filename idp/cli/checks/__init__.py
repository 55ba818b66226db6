"""What `portvakt doctor` looks at: one file for each part of the installation. Each check only reads."""
