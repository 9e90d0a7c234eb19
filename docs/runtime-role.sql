-- The role that web, worker and beat use on PostgreSQL: it owns nothing, so it can neither remove
-- the guards of the audit trail nor rewrite an entry. Run it after `migrate`, as the role that
-- migrates, on the product's own database. It may be run again at any time.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coolset_app') THEN
        CREATE ROLE coolset_app LOGIN;
    END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO coolset_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO coolset_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO coolset_app;

-- What a later version's `migrate` makes.
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO coolset_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO coolset_app;

-- Entries are read and added. The head of their chain is read and moved on.
REVOKE UPDATE, DELETE ON tokens_auditevent FROM coolset_app;
REVOKE INSERT, DELETE ON tokens_chainhead FROM coolset_app;
-- Which migrations were applied is told by `migrate` alone.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM coolset_app;
