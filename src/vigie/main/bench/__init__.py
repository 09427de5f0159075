"""Speed on this machine, as ratios in one run. Each module measures one thing and returns a plain dictionary."""
