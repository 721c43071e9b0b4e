"""What runs outside a request: the handlers, one file each, and the engines that run them."""
