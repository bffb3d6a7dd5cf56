// ALTER TABLE … SET RETENTION and DROP RETENTION, which say how long a temporal table keeps its history.
//
//   ALTER TABLE [schema.]table SET RETENTION 'length' [ON SYSTEM TIME]
//   ALTER TABLE [schema.]table DROP RETENTION
#pragma once

#include "sql/statements/statement_form.h"

namespace spectradb::extension::retention {

// They become queries without rows, whose condition calls spectradb_retention().
extern const sql::StatementForm kRetentionForm;

}  // namespace spectradb::extension::retention
