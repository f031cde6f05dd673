-- Which tracks mix well with the first one? (For another: from compatible_with('track_id'))
set variable track = (
    select track_id from catalog where key is not null and tempo_bpm is not null limit 1
);
with asked as materialized (
    select concat_ws(': ', artist, title) as mixes_with
    from catalog
    where track_id = getvariable('track')
)
select asked.mixes_with, found.*
from (from compatible_with(getvariable('track')) limit 50) as found, asked
order by key_distance, abs(tempo_difference_percent), track_id;
