-- Which tracks hold the same recording as another one, and how is that known? (The first 1,000)
with first as (
    select track_id, duplicate_cluster, duplicate_kind, artist, title, duration_s, codec, path
    from catalog_full
    where duplicate_cluster is not null
    order by duplicate_cluster, duplicate_of is not null, path
    limit 1000
)
select
    f.duplicate_cluster as cluster_id,
    count(*) over (partition by f.duplicate_cluster) as tracks_in_cluster,
    f.track_id = f.duplicate_cluster as canonical,
    f.duplicate_kind as kind,
    f.artist,
    f.title,
    round(f.duration_s, 2) as duration_s,
    f.codec,
    round((d.evidence->>'similarity')::double, 3) as similarity,
    round((d.evidence->>'overlap_s')::double, 1) as overlap_s,
    d.evidence->>'decided_by' as decided_by,
    f.path
from first as f
join duplicates as d using (track_id)
order by f.duplicate_cluster, canonical desc, f.path;
