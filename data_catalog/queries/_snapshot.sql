-- Every row that a snapshot may freeze, with what decides whether it does.
select
    track_id, path, split, artist_cluster, group_id,
    title, artist, album, source, source_uri, audio_md5, codec, origin_codec,
    sample_rate, channels, duration_s,
    tempo_bpm, tempo_confidence, key, key_confidence,
    genre, genre_confidence, genre_origin, mood, mood_confidence, mood_origin,
    loudness_lufs, quality, duplicate_of,
    licence, licence_url, attribution, commercial_use, derivatives, share_alike,
    ai_training_reserved, evidence_origin, extractor_version
from catalog_full
order by track_id
