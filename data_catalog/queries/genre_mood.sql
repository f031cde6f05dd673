-- How many tracks has each genre in each mood?
pivot (
    select coalesce(genre, '(none)') as genre, coalesce(mood, '(none)') as mood from catalog
)
on mood
using count(*)
group by genre
order by genre;
