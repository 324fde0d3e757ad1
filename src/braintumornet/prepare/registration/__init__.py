"""Where the images of one head lie to each other and to an atlas."""
