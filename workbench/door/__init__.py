"""The door: who comes in to a firm's dashboard, and nothing but the dashboard behind it."""
