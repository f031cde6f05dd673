-- Which codecs, sampling rates and channel counts are there?
select codec, origin_codec, sample_rate, channels, bit_depth, count(*) as tracks,
    sum(size_bytes) as bytes
from catalog_full
group by all
order by tracks desc, codec, sample_rate;
