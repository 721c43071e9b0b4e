"""Teabreak: the approval workflow between agency staff and the agency's social media accounts."""
