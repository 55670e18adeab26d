"""Open questions weighed: benefit against burden, and which study would settle them."""
