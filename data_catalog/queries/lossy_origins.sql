-- Which lossless files were lossy before, or sound as if they had been? (The first 1,000)
select artist, title, codec, origin_codec, round(bandwidth_hz) as bandwidth_hz, quality, path
from catalog_full
where (codec in ('FLAC', 'WAV') and not lossless) or contains(quality, 'lossy')
order by origin_codec, bandwidth_hz, path
limit 1000;
