"""The pictures of a recording: RGB, events and mesh, and what is drawn over them."""
