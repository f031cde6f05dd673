-- Which tracks mix well with the first one? (For another: from compatible_with('track_id'))
from compatible_with((select min(track_id) from catalog where key is not null and tempo_bpm > 0))
limit 50;
