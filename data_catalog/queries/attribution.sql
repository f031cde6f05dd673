-- Which lines of credit do the licences ask for?
select l.attribution, l.licence, l.licence_url, c.artist, c.title
from catalog as c
join licences as l using (track_id)
where l.attribution is not null
order by c.artist, c.title, l.attribution;
