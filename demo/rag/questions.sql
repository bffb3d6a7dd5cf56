.mode box --wrap 40 --wordwrap on
.print
.print 'What happened when:'
SELECT day, commit_no AS "commit", what FROM calendar ORDER BY commit_no, day;

.print
.print 'Was much gold found in California? What the pipeline would have retrieved last Tuesday, with the embeddings of last month,'
.print 'and what it retrieves today. One SELECT.'
WITH tuesday(commit_no) AS (SELECT commit_no FROM calendar WHERE day = '2026-10-27')
SELECT rank, was.passage AS "last Tuesday (use-512)", now.passage AS "today (small-64)"
FROM (SELECT row_number() OVER (ORDER BY d) AS rank, passage FROM (
        SELECT e._distance AS d, p.id || ': ' || p.president || ' ' || p.year || ': ' || substr(p.text, 1, 70) || '…' AS passage
        FROM emb AS OF (SELECT commit_no FROM tuesday) e JOIN passage AS OF (SELECT commit_no FROM tuesday) p USING (id)
        WHERE e.space = 'use-512' AND e.e MATCH (SELECT e FROM question WHERE id = 1 AND space = 'use-512') ORDER BY e._distance LIMIT 4)) was
JOIN (SELECT row_number() OVER (ORDER BY d) AS rank, passage FROM (
        SELECT e._distance AS d, p.id || ': ' || p.president || ' ' || p.year || ': ' || substr(p.text, 1, 70) || '…' AS passage
        FROM emb e JOIN passage p USING (id)
        WHERE e.space = 'small-64' AND e.e MATCH (SELECT e FROM question WHERE id = 1 AND space = 'small-64') ORDER BY e._distance LIMIT 4)) now
USING (rank);

.print
.print 'Why they differ: what has changed since.'
SELECT 'passage' AS "table", operation, key, substr(before ->> '$.text', 1, 40) || '…' AS before, substr(after ->> '$.text', 1, 40) || '…' AS after
FROM spectradb_diff('passage', (SELECT commit_no FROM calendar WHERE day = '2026-10-27'))
UNION ALL
SELECT 'emb, ' || (key ->> 1), operation, min(key ->> 0) || ' to ' || max(key ->> 0), count(before) || ' vectors', count(after) || ' vectors'
FROM spectradb_diff('emb', (SELECT commit_no FROM calendar WHERE day = '2026-10-27')) GROUP BY 1, 2;

.print
.print 'How much each change changes, question by question: the correction, and then the smaller model.'
.print '(overlap: the part of the first four that both find.)'
SELECT q.text AS question, c.overlap AS "of the correction", m.overlap AS "of the model"
FROM (SELECT DISTINCT id, text FROM question) q
JOIN spectradb_retrieval_diff('emb', 'question', json_object('space', 'use-512', 'as_of', (SELECT commit_no FROM calendar WHERE day = '2026-10-27')),
                              json_object('space', 'use-512'), 4) c ON c.query = q.id
JOIN spectradb_retrieval_diff('emb', 'question', 'use-512', 'small-64', 4) m ON m.query = q.id
ORDER BY q.id;
