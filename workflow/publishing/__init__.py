"""Publishing: the door out, the plan, and one adapter a network."""
