-- Rejected lines as quarantine has them.
--
-- What the border rejects says itself what is wrong; other rows name the rules that they break. What only this row's reference knows (what became of a unit)
-- is added to the message of its rule, and so is what a rule tells of the row's value.
--
-- In: rejected (rows of batch, `masked`: the fields that may be shown, and `details`: by rule what its message tells besides); run (run_id, and rules: by name what each stands for); object_paths.
-- Out: the columns of quarantine, and origin. Grain: a rejected line.
SELECT
  r.object_id, p.path, r.line,
  CASE WHEN r.outcome = 'row' THEN r.row_hash END AS row_hash,
  r.key_hash,
  CASE WHEN r.outcome = 'row'
    THEN transform(
      r.reasons,
      reason -> struct(
        run.rules[reason].code AS code,
        run.rules[reason].field AS field,
        concat_ws('; ', run.rules[reason].message, CASE WHEN run.rules[reason].has_detail THEN r.reference_detail END, r.details[reason]) AS message,
        reason AS rule
      )
    )
    ELSE array(struct(r.error_code AS code, coalesce(r.error_field, '') AS field, r.error_message AS message, r.error_code AS rule))
  END AS errors,
  CASE WHEN r.outcome = 'row' THEN r.masked END AS fields,
  r.received_at, run.run_id, r.origin
FROM rejected AS r
LEFT JOIN object_paths AS p ON p.object_id = r.object_id
CROSS JOIN run
