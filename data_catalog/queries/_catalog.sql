-- The views over the tables: what is current, and one row a track.

create or replace view current_labels as
select
    track_id,
    field,
    nullif(value, '') as value,
    if(origin = 'person', 1, confidence) as confidence,
    origin,
    model_id,
    labelled_at
from (
    select *
    from labels
    where
        (accepted or origin = 'model')
        and (origin = 'person' or field in ('genre', 'mood'))
    qualify row_number() over (
        partition by track_id, field
        order by
            case origin when 'person' then 0 when 'source' then 1 else 2 end,
            labelled_at desc
    ) = 1
)
where origin <> 'model' or accepted;

create or replace view catalog_labels as
select
    track_id,
    max(value) filter (field = 'genre') as genre,
    max(confidence) filter (field = 'genre') as genre_confidence,
    max(origin) filter (field = 'genre') as genre_origin,
    max(value) filter (field = 'mood') as mood,
    max(confidence) filter (field = 'mood') as mood_confidence,
    max(origin) filter (field = 'mood') as mood_origin,
    try_cast(max(value) filter (field = 'tempo_bpm' and origin = 'person') as double) as tempo_bpm,
    max(value) filter (field = 'key' and origin = 'person') as key
from current_labels
group by track_id;

create or replace view catalog as
select
    t.track_id,
    t.title,
    t.artist,
    t.duration_s,
    coalesce(p.tempo_bpm, f.tempo_bpm) as tempo_bpm,
    if(p.tempo_bpm is null, f.tempo_confidence, 1) as tempo_confidence,
    coalesce(p.key, f.key) as key,
    split_part(coalesce(p.key, f.key), ' ', 1) as tonic,
    split_part(coalesce(p.key, f.key), ' ', 2) as mode,
    if(p.key is null, f.key_confidence, 1) as key_confidence,
    p.genre,
    p.genre_confidence,
    p.genre_origin,
    p.mood,
    p.mood_confidence,
    p.mood_origin,
    f.loudness_lufs,
    l.licence,
    l.commercial_use,
    l.derivatives,
    t.source,
    f.quality,
    if(d.canonical, null, d.cluster_id) as duplicate_of,
    s.split,
    t.path
from tracks as t
left join licences as l using (track_id)
left join current_features as f using (track_id)
left join catalog_labels as p using (track_id)
left join duplicates as d using (track_id)
left join splits as s using (track_id)
where t.track_id not in (select track_id from takedowns);
