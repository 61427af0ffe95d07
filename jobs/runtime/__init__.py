"""Sets the run in motion: Airflow, the tasks of its DAGs, the process beside it."""
