"""What can be had at best: the bare libraries, without anything of ours around them."""
