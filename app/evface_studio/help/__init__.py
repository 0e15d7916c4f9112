"""Pages that explain the tools, shown in the application."""
