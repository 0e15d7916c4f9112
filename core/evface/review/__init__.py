"""What a person should look at: doubtful frames and labels, in the order of doubt."""
