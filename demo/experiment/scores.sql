.mode box
.print Two versions of a prompt, scored on three questions.
SELECT spectradb_experiments('x') AS tables;
INSERT INTO x_prompt VALUES ('ask', 'Answer: {q}', 'm');
INSERT INTO x_run (id, experiment, name, params, dataset, dataset_commit) VALUES
  ('r1', 'qa', 'short prompt', '{"gen_ai.request.model": "m", "temperature": 0}', 'questions', 1);
INSERT INTO x_output (run, item, output, scores) VALUES
  ('r1', 'q1', 'Oslo', '{"exact": 1}'), ('r1', 'q2', '1905', '{"exact": 1}'), ('r1', 'q3', 'a fjord', '{"exact": 0}');
UPDATE x_prompt SET text = 'Answer in one word, and say when you do not know: {q}' WHERE name = 'ask';
INSERT INTO x_run (id, experiment, name, parent, params, dataset, dataset_commit) VALUES
  ('r2', 'qa', 'long prompt', 'r1', '{"gen_ai.request.model": "m", "temperature": 0}', 'questions', 1);
INSERT INTO x_output (run, item, output, scores) VALUES
  ('r2', 'q1', 'Oslo', '{"exact": 1}'), ('r2', 'q2', 'unknown', '{"exact": 0}'), ('r2', 'q3', 'glacier', '{"exact": 0}');
-- On Tuesday the judge turns out to be wrong: a glacier was right, and 1905 was not.
UPDATE x_output SET scores = '{"exact": 1}' WHERE run = 'r2' AND item = 'q3';
UPDATE x_output SET scores = '{"exact": 0}' WHERE run = 'r1' AND item = 'q2';

.print Which prompt is better, as we know now, and as we knew it on Monday?
SELECT name, round(avg(now.scores ->> 'exact'), 2) AS now, round(avg(monday.scores ->> 'exact'), 2) AS monday
FROM x_run JOIN x_output AS now ON now.run = id JOIN x_output AS OF 6 AS monday ON monday.run = id AND monday.item = now.item
GROUP BY id;
.print In what do they differ?
SELECT item, path, a, b, delta FROM spectradb_compare('x_output', 'run', 'r1', 'r2');
.print What was corrected since?
SELECT 'r1' AS run, item, a, b FROM spectradb_compare('x_output', 'run', 'r1', 'r1', 6)
UNION ALL SELECT 'r2', item, a, b FROM spectradb_compare('x_output', 'run', 'r2', 'r2', 6);
