-- Which codecs, sampling rates and channel counts are there?
select codec, origin_codec, sample_rate, channels, bit_depth, count(*) as tracks,
    hours(duration_s) as hours, round(sum(size_bytes) / 1e6, 1) as megabytes
from catalog_full
group by all
order by tracks desc, codec, sample_rate;
