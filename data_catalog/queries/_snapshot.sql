-- Every row that a snapshot may freeze, with what decides whether it does.
select
    c.track_id, c.path, c.split, s.artist_cluster, s.group_id,
    c.title, c.artist, t.album, c.source, t.source_uri, t.audio_md5, t.codec, t.origin_codec,
    t.sample_rate, t.channels, c.duration_s,
    c.tempo_bpm, c.tempo_confidence, c.key, c.key_confidence,
    c.genre, c.genre_confidence, c.genre_origin, c.mood, c.mood_confidence, c.mood_origin,
    c.loudness_lufs, c.quality, c.duplicate_of,
    c.licence, l.licence_url, l.attribution, c.commercial_use, c.derivatives, l.share_alike,
    l.ai_training_reserved, f.extractor_version
from catalog as c
join tracks as t using (track_id)
left join licences as l using (track_id)
left join current_features as f using (track_id)
left join splits as s using (track_id)
order by c.track_id
