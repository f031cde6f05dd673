-- How are the tempi distributed, in steps of 10 BPM?
select
    10 * floor(tempo_bpm / 10)::int as from_bpm,
    from_bpm + 10 as to_bpm,
    count(*) as tracks,
    round(avg(tempo_confidence), 3) as mean_confidence
from catalog
where tempo_bpm is not null
group by from_bpm
order by from_bpm;
