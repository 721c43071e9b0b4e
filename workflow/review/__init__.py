"""The use cases: what people and jobs do with posts, one file each. Web, mail and command line call these alone."""
