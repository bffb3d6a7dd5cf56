-- Draws the two answers side by side: a line leads from where a passage was to where it is; a passage whose
-- text has changed is red.
.mode list
WITH tuesday(commit_no) AS (SELECT commit_no FROM calendar WHERE day = '2026-10-27'),
found(side, id, text, rank) AS (
  SELECT 0, id, text, row_number() OVER (ORDER BY d) FROM (
    SELECT e._distance AS d, id, p.year || ' ' || p.president || ': ' || substr(p.text, 1, 40) || '…' AS text
    FROM emb AS OF (SELECT commit_no FROM tuesday) e JOIN passage AS OF (SELECT commit_no FROM tuesday) p USING (id)
    WHERE e.space = 'use-512' AND e.e MATCH (SELECT e FROM question WHERE id = 1 AND space = 'use-512') ORDER BY e._distance LIMIT 8)
  UNION ALL
  SELECT 1, id, text, row_number() OVER (ORDER BY d) FROM (
    SELECT e._distance AS d, id, p.year || ' ' || p.president || ': ' || substr(p.text, 1, 40) || '…' AS text
    FROM emb e JOIN passage p USING (id)
    WHERE e.space = 'small-64' AND e.e MATCH (SELECT e FROM question WHERE id = 1 AND space = 'small-64') ORDER BY e._distance LIMIT 8)),
colour(id, line) AS (
  SELECT id, CASE WHEN count(DISTINCT text) > 1 THEN '#c0392b' ELSE '#4a6fa5' END FROM found GROUP BY id HAVING count(*) = 2),
part(place, svg) AS (
  SELECT 0, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 ' || (70 + 40 * max(rank)) || '" font-family="sans-serif" font-size="14">'
    || '<rect width="100%" height="100%" fill="white"/>'
    || '<text x="540" y="30" text-anchor="end" font-weight="bold">last Tuesday, use-512</text>'
    || '<text x="740" y="30" font-weight="bold">today, small-64</text>' FROM found
  UNION ALL
  SELECT 1, '<path d="M 550 ' || (35 + 40 * was.rank) || ' C 640 ' || (35 + 40 * was.rank) || ', 640 ' || (35 + 40 * now.rank) || ', 730 '
    || (35 + 40 * now.rank) || '" fill="none" stroke-width="2" stroke="' || colour.line || '"/>'
  FROM found was JOIN found now USING (id) JOIN colour USING (id) WHERE was.side = 0 AND now.side = 1
  UNION ALL
  SELECT 2, '<text x="' || CASE side WHEN 0 THEN '540" text-anchor="end' ELSE '740' END || '" y="' || (40 + 40 * rank) || '" fill="'
    || ifnull(line, '#888') || '">' || replace(replace(text, '&', '&amp;'), '<', '&lt;') || '</text>'
  FROM found LEFT JOIN colour USING (id)
  UNION ALL SELECT 3, '</svg>')
SELECT svg FROM part ORDER BY place, svg;
