"""The filters of the recording shown: what they leave out, and changing them."""
