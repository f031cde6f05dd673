-- Which lossless files were lossy before, or sound as if they had been?
select t.artist, t.title, t.codec, t.origin_codec, f.bandwidth_hz, f.quality, t.path
from tracks as t
left join current_features as f using (track_id)
where (t.codec in ('FLAC', 'WAV') and not coalesce(t.lossless, true))
    or contains(coalesce(f.quality, ''), 'lossy')
order by t.origin_codec, f.bandwidth_hz, t.path;
