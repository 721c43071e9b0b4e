"""The commands of `teabreak`, one file a group."""
