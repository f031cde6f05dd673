-- How loud is each genre, and how far do its tracks spread?
select
    coalesce(genre, '(none)') as genre,
    count(*) as tracks,
    round(quantile_cont(loudness_lufs, 0.05), 1) as quiet_5_percent,
    round(median(loudness_lufs), 1) as median_lufs,
    round(quantile_cont(loudness_lufs, 0.95), 1) as loud_5_percent
from catalog
where loudness_lufs is not null
group by all
order by median_lufs desc;
