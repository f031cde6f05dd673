-- The views over catalog_full: what analysts ask, and the labels that count.

create or replace view catalog as
select
    track_id, title, artist, duration_s, tempo_bpm, tempo_confidence, key, tonic, mode,
    key_confidence, genre, genre_confidence, genre_origin, mood, mood_confidence, mood_origin,
    loudness_lufs, licence, commercial_use, derivatives, source, quality, duplicate_of, split, path
from catalog_full;

create or replace view current_labels as
select track_id, 'genre' as field, genre as value, genre_confidence as confidence,
    genre_origin as origin
from catalog_full
where genre_origin is not null
union all
select track_id, 'mood', mood, mood_confidence, mood_origin
from catalog_full
where mood_origin is not null
union all
select track_id, 'tempo_bpm', tempo_by_person::varchar, 1, 'person'
from catalog_full
where tempo_by_person is not null
union all
select track_id, 'key', key_by_person, 1, 'person'
from catalog_full
where key_by_person is not null;
