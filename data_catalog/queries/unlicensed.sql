-- Which tracks have no known licence, and what was found about them?
select c.track_id, c.artist, c.title, c.source, l.evidence_origin, l.evidence, c.path
from catalog as c
left join licences as l using (track_id)
where c.licence is null
order by c.source, c.artist, c.title;
