<?php
echo 'php ', extension_loaded('pdo_mysql') ? 'with' : 'without', ' pdo_mysql';
