-- One row a track with everything about it; "only" is where a filter on tracks goes.
with stated as (
    select
        track_id,
        max_by({'value': value, 'confidence': 1.0, 'origin': origin}, labelled_at)
            filter (field = 'genre' and origin = 'person') as genre_person,
        max_by({'value': value, 'confidence': confidence, 'origin': origin}, labelled_at)
            filter (field = 'genre' and origin = 'source') as genre_source,
        max_by(
            {'value': value, 'confidence': confidence, 'accepted': accepted}, labelled_at
        ) filter (field = 'genre' and origin = 'model') as genre_model,
        max_by({'value': value, 'confidence': 1.0, 'origin': origin}, labelled_at)
            filter (field = 'mood' and origin = 'person') as mood_person,
        max_by({'value': value, 'confidence': confidence, 'origin': origin}, labelled_at)
            filter (field = 'mood' and origin = 'source') as mood_source,
        max_by(
            {'value': value, 'confidence': confidence, 'accepted': accepted}, labelled_at
        ) filter (field = 'mood' and origin = 'model') as mood_model,
        try_cast(
            max_by(value, labelled_at) filter (field = 'tempo_bpm' and origin = 'person')
            as double
        ) as tempo_bpm,
        nullif(max_by(value, labelled_at) filter (field = 'key' and origin = 'person'), '') as key
    from labels /* only */
    where origin = 'model' or accepted
    group by track_id
), chosen as (
    select
        *,
        coalesce(
            genre_person,
            genre_source,
            if(
                genre_model.accepted,
                {
                    'value': genre_model.value,
                    'confidence': genre_model.confidence,
                    'origin': 'model'
                },
                null
            )
        ) as genre,
        coalesce(
            mood_person,
            mood_source,
            if(
                mood_model.accepted,
                {
                    'value': mood_model.value,
                    'confidence': mood_model.confidence,
                    'origin': 'model'
                },
                null
            )
        ) as mood
    from stated
)
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
    nullif(p.genre.value, '') as genre,
    p.genre.confidence as genre_confidence,
    p.genre.origin as genre_origin,
    nullif(p.mood.value, '') as mood,
    p.mood.confidence as mood_confidence,
    p.mood.origin as mood_origin,
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
    p.mood_source.value as mood_by_source,
    p.mood_model.value as mood_by_model,
    p.mood_model.confidence as mood_model_confidence,
    p.tempo_bpm as tempo_by_person,
    p.key as key_by_person,
    d.cluster_id as duplicate_cluster,
    d.kind as duplicate_kind,
    s.artist_cluster,
    s.group_id
from (from tracks /* only */) as t
left join (from licences /* only */) as l using (track_id)
left join (from current_features /* only */) as f using (track_id)
left join chosen as p using (track_id)
left join (from duplicates /* only */) as d using (track_id)
left join (from splits /* only */) as s using (track_id)
where t.track_id not in (select track_id from takedowns)
