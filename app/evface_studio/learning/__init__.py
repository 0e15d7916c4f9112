"""Networks: training them on the open project, listing them, and asking them."""
