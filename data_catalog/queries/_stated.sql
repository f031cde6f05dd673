-- What people, sources and models said last of each track; "labels" is where the statements are.
select
    track_id,
    max_by(said, said.at) filter (field = 'genre' and origin = 'person') as genre_person,
    max_by(said, said.at) filter (field = 'genre' and origin = 'source') as genre_source,
    max_by(said, said.at) filter (field = 'genre' and origin = 'model') as genre_model,
    max_by(said, said.at) filter (field = 'mood' and origin = 'person') as mood_person,
    max_by(said, said.at) filter (field = 'mood' and origin = 'source') as mood_source,
    max_by(said, said.at) filter (field = 'mood' and origin = 'model') as mood_model,
    max_by(said, said.at) filter (field = 'tempo_bpm' and origin = 'person') as tempo_person,
    max_by(said, said.at) filter (field = 'key' and origin = 'person') as key_person
from (
    select
        track_id, field, origin,
        {
            'value': value, 'confidence': confidence, 'accepted': accepted, 'at': labelled_at
        } as said
    from (from labels)
    where origin = 'model' or accepted
)
group by track_id
