"""The check of pictures: words in them, people in them, and what their files carried.

`carried` reads what a file says about itself, where the file comes in. `words` and `people` look at the pixels, in a
process of their own (`worker`) that `reading` starts, gives a time limit and ends. `findings` says what it all means.
"""
