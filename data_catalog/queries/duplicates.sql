-- Which tracks hold the same recording as another one, and how is that known?
select
    d.cluster_id,
    count(*) over (partition by d.cluster_id) as tracks_in_cluster,
    d.canonical,
    d.kind,
    t.artist,
    t.title,
    round(t.duration_s, 2) as duration_s,
    t.codec,
    d.evidence,
    t.path
from duplicates as d
join tracks as t using (track_id)
order by d.cluster_id, d.canonical desc, t.path;
