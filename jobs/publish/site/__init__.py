"""The report site: static pages of one release, for officials, pilots and analysts. Read from the released tables alone; no page needs the network."""
