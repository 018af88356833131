"""The face: widgets and charts. It sees words and frames, and hands every act to the desk."""
