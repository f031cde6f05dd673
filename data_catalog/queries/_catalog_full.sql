-- One row a track with everything about it. Where rows are kept in a file, settled.py puts others
-- into each "(from <name>)", and joins fully: what is told of a track may come before it is known.
with chosen as (
    select
        track_id,
        genre_source, genre_model, mood_source, mood_model,
        case
            when genre_person is not null then 'person'
            when genre_source is not null then 'source'
            when genre_model.accepted then 'model'
        end as genre_origin,
        case genre_origin
            when 'person' then genre_person
            when 'source' then genre_source
            when 'model' then genre_model
        end as genre,
        case
            when mood_person is not null then 'person'
            when mood_source is not null then 'source'
            when mood_model.accepted then 'model'
        end as mood_origin,
        case mood_origin
            when 'person' then mood_person
            when 'source' then mood_source
            when 'model' then mood_model
        end as mood,
        try_cast(tempo_person.value as double) as tempo_bpm,
        nullif(key_person.value, '') as key,
        {
            'genre_person': genre_person, 'genre_source': genre_source, 'genre_model': genre_model,
            'mood_person': mood_person, 'mood_source': mood_source, 'mood_model': mood_model,
            'tempo_person': tempo_person, 'key_person': key_person
        } as stated
    from (from stated)
)
select
    track_id,
    t.title,
    t.artist,
    t.duration_s,
    coalesce(p.tempo_bpm, f.tempo_bpm) as tempo_bpm,
    if(p.tempo_bpm is null, f.tempo_confidence, 1) as tempo_confidence,
    coalesce(p.key, f.key) as key,
    split_part(coalesce(p.key, f.key), ' ', 1) as tonic,
    split_part(coalesce(p.key, f.key), ' ', 2) as mode,
    if(p.key is null, f.key_confidence, 1) as key_confidence,
    nullif(p.genre.value, '') as genre,
    if(p.genre_origin = 'person', 1.0, p.genre.confidence) as genre_confidence,
    p.genre_origin,
    nullif(p.mood.value, '') as mood,
    if(p.mood_origin = 'person', 1.0, p.mood.confidence) as mood_confidence,
    p.mood_origin,
    f.loudness_lufs,
    l.licence,
    l.commercial_use,
    l.derivatives,
    t.source,
    f.quality,
    if(d.canonical, null, d.cluster_id) as duplicate_of,
    s.split,
    t.path,
    t.audio_md5,
    t.source_uri,
    t.album,
    t.codec,
    t.origin_codec,
    t.lossless,
    t.sample_rate,
    t.channels,
    t.bit_depth,
    t.size_bytes,
    t.ingested_at,
    l.licence_url,
    l.attribution,
    l.evidence_origin,
    l.share_alike,
    l.ai_training_reserved,
    f.extractor_version,
    f.true_peak_dbtp,
    f.bandwidth_hz,
    f.tempo_reason,
    f.key_reason,
    p.genre_source.value as genre_by_source,
    p.genre_model.value as genre_by_model,
    p.genre_model.confidence as genre_model_confidence,
    p.genre_model.accepted as genre_model_accepted,
    p.mood_source.value as mood_by_source,
    p.mood_model.value as mood_by_model,
    p.mood_model.confidence as mood_model_confidence,
    p.mood_model.accepted as mood_model_accepted,
    p.tempo_bpm as tempo_by_person,
    p.key as key_by_person,
    d.cluster_id as duplicate_cluster,
    d.kind as duplicate_kind,
    s.artist_cluster,
    s.group_id,
    t.known is not null as known,
    p.stated,
    {
        'tempo_bpm': f.tempo_bpm, 'tempo_confidence': f.tempo_confidence,
        'key': f.key, 'key_confidence': f.key_confidence, 'extracted_at': f.extracted_at
    } as measured
from (select *, true as known from (from tracks)) as t
left join (from licences) as l using (track_id)
left join (from current_features) as f using (track_id)
left join chosen as p using (track_id)
left join (from duplicates) as d using (track_id)
left join (from splits) as s using (track_id)
where track_id not in (select track_id from takedowns)
