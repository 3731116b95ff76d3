"""Reading back: `Api`, filters, runs, histories."""
