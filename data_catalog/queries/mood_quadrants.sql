-- How much music lies in each quadrant of valence and arousal?
select
    if(m.arousal >= 0, 'high', 'low') as arousal,
    if(m.valence >= 0, 'positive', 'negative') as valence,
    count(*) as tracks,
    hours(c.duration_s) as hours,
    string_agg(distinct c.mood, ', ' order by c.mood) as moods
from catalog as c
join moods as m using (mood)
group by all
order by arousal, valence;
