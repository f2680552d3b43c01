-- A search finds letters that Unicode does not take apart under those that people type for them (base/fold.cpp).
UPDATE contact SET search_text = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(search_text,
    'æ', 'ae'), 'ð', 'd'), 'ø', 'o'), 'þ', 'th'), 'đ', 'd'), 'ħ', 'h'), 'ı', 'i'), 'ł', 'l'), 'œ', 'oe'), 'ŧ', 't')
WHERE search_text LIKE '%æ%' OR search_text LIKE '%ð%' OR search_text LIKE '%ø%' OR search_text LIKE '%þ%'
    OR search_text LIKE '%đ%' OR search_text LIKE '%ħ%' OR search_text LIKE '%ı%' OR search_text LIKE '%ł%'
    OR search_text LIKE '%œ%' OR search_text LIKE '%ŧ%';
