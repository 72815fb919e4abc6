-- ?1 organization, ?2 full session
SELECT continued_in FROM sessions WHERE organization = ?1 AND id = ?2
