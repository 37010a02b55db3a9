-- Run once by the image when the database is created: the server's role owns its database and
-- nothing else, and the superuser can be used only from inside the container.
\getenv password POSTGRES_PASSWORD
create role latchkey login password :'password';
create database latchkey owner latchkey;
alter role current_user password null;
