-- Which tracks mix well with the first one? (For another: from compatible_with('track_id'))
set variable track = (
    select track_id from catalog where key is not null and tempo_bpm is not null limit 1
);
from compatible_with(getvariable('track')) limit 50;
