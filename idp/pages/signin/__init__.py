"""The pages of a sign-in: one table from steps to templates, one endpoint for each form."""
