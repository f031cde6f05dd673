-- What analysts of music ask again and again, as functions.

create or replace macro pitch_class(key) as
    list_position(
        ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'], split_part(key, ' ', 1)
    ) - 1;

-- Position on the Camelot wheel, 1-12: C major and A minor are 8, each fifth up is one more.
create or replace macro camelot_number(key) as
    (7 * (pitch_class(key) + if(split_part(key, ' ', 2) = 'minor', 3, 0)) + 7) % 12 + 1;

create or replace macro camelot(key) as
    camelot_number(key) || if(split_part(key, ' ', 2) = 'minor', 'A', 'B');

-- Steps on the Camelot wheel between two keys: 0 the same, 1 a fifth apart or relative.
create or replace macro key_distance(a, b) as
    least(
        abs(camelot_number(a) - camelot_number(b)),
        12 - abs(camelot_number(a) - camelot_number(b))
    ) + if(split_part(a, ' ', 2) = split_part(b, ' ', 2), 0, 1);

create or replace macro hours(seconds) as round(sum(seconds) / 3600, 3);

-- Why a person should hear a track's genre or mood, from who chose it, what the source and the model
-- say, and what the source names besides; null where there is nothing to hear.
create or replace macro review_why(origin, by_source, by_model, unclear) as
    case
        when origin = 'person' then null
        when by_source = coalesce(by_model, by_source) then null
        when by_source is not null then 'conflict'
        when unclear is not null then 'unclear source'
        when by_model is not null then 'uncertain'
        else 'unlabelled'
    end;

-- How telling it is to hear it, 0-1, among tracks with the same reason.
create or replace macro review_weight(why, model_confidence, unclear_confidence) as
    case why
        when 'conflict' then model_confidence
        when 'unclear source' then 1 - coalesce(unclear_confidence, 0)
        when 'uncertain' then 1 - coalesce(model_confidence, 0)
        else 0
    end;

-- Tracks that mix well: a neighbouring key and a tempo within 3%.
create or replace macro compatible_with(track) as table
with wanted as materialized (
    select track_id, key, tempo_bpm
    from catalog
    where starts_with(track_id, track)
    order by track_id
    limit 1
), mixing as materialized (
    select k.key, camelot(k.key) as camelot, key_distance(k.key, w.key) as key_distance
    from (
        select tonic || ' ' || mode as key
        from unnest(
            ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B']
        ) as tonics(tonic), unnest(['major', 'minor']) as modes(mode)
    ) as k, wanted as w
    where key_distance(k.key, w.key) <= 1
), near as (
    select
        n.track_id, n.title, n.artist, n.genre, n.tempo_bpm, n.key, m.camelot, m.key_distance
    from catalog as n
    join mixing as m using (key)
    where n.tempo_bpm >= 0.97 * (select tempo_bpm from wanted)
        and n.tempo_bpm <= 1.03 * (select tempo_bpm from wanted)
)
select
    n.*, round(100 * (n.tempo_bpm / w.tempo_bpm - 1), 2) as tempo_difference_percent
from near as n, wanted as w
where n.track_id <> w.track_id
order by key_distance, abs(tempo_difference_percent), n.track_id;
