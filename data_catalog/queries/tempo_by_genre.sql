-- Which tempi does each genre have: quartiles, median and extremes?
select
    genre,
    count(*) as tracks,
    round(min(tempo_bpm), 1) as slowest,
    round(quantile_cont(tempo_bpm, 0.25), 1) as lower_quartile,
    round(median(tempo_bpm), 1) as median,
    round(quantile_cont(tempo_bpm, 0.75), 1) as upper_quartile,
    round(max(tempo_bpm), 1) as fastest
from catalog
where genre is not null and tempo_bpm is not null
group by genre
order by median;
