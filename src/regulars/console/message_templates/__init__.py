"""The pages of what messages say: templates by medium, edited beside what a real customer would read."""
